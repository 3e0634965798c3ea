ALTER TABLE "write_backs" ADD COLUMN "answer_code" text;--> statement-breakpoint
UPDATE "write_backs" SET "answer_code" = CASE WHEN "outcome" ~ '^GET ' THEN 'read:' ELSE 'write:' END || substring("outcome" from '^[A-Z]+ [^ ]+ answered (\d{3}):')
  WHERE "outcome" ~ '^(GET|POST|PUT|DELETE) [^ ]+ answered \d{3}:';
