CREATE TABLE "inbound_calls" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quota_slots" (
	"id" uuid PRIMARY KEY NOT NULL,
	"store_hash" text NOT NULL,
	"purpose" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quota_waits" (
	"store_hash" text NOT NULL,
	"waiter" text NOT NULL,
	"purpose" text NOT NULL,
	"what" text NOT NULL,
	"calls" integer NOT NULL,
	"since" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "quota_waits_store_hash_waiter_what_pk" PRIMARY KEY("store_hash","waiter","what")
);
--> statement-breakpoint
ALTER TABLE "quotas" ADD COLUMN "max_concurrency" integer DEFAULT 4 NOT NULL;--> statement-breakpoint
ALTER TABLE "quotas" ADD COLUMN "live_window_ms" integer;--> statement-breakpoint
ALTER TABLE "quotas" ADD COLUMN "refusals" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "inbound_calls_channel" ON "inbound_calls" USING btree ("channel_id","at");--> statement-breakpoint
CREATE INDEX "quota_slots_store" ON "quota_slots" USING btree ("store_hash");