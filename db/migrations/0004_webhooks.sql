CREATE TABLE "delivery_refusals" (
	"channel_id" text NOT NULL,
	"source" text NOT NULL,
	"reason" text NOT NULL,
	"refused" integer DEFAULT 0 NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "delivery_refusals_channel_id_source_reason_pk" PRIMARY KEY("channel_id","source","reason")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"channel_id" text NOT NULL,
	"key" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_deliveries_channel_id_key_pk" PRIMARY KEY("channel_id","key")
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"channel_id" text NOT NULL,
	"scope" text NOT NULL,
	"webhook_id" bigint,
	"destination" text NOT NULL,
	"registered_at" timestamp (3) with time zone,
	"seen_active_at" timestamp (3) with time zone,
	"repaired" integer DEFAULT 0 NOT NULL,
	"trouble" text,
	CONSTRAINT "webhooks_channel_id_scope_pk" PRIMARY KEY("channel_id","scope")
);
--> statement-breakpoint
CREATE INDEX "webhook_deliveries_age" ON "webhook_deliveries" USING btree ("received_at");