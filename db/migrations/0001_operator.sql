ALTER TABLE "orders" ADD COLUMN "gone" text;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "store_change" jsonb;--> statement-breakpoint
ALTER TABLE "write_backs" ADD COLUMN "retry_at" timestamp (3) with time zone;