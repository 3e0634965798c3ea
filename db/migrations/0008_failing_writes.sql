ALTER TABLE "write_backs" ADD COLUMN "failing_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "write_backs" ADD COLUMN "gave_up_at" timestamp (3) with time zone;