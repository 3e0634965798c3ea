CREATE SEQUENCE "public"."generations" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"channel_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"by" text NOT NULL,
	"channel_id" text,
	"order_id" bigint,
	"action" text NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrier_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"source" text NOT NULL,
	"body" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"facts" integer NOT NULL,
	"new_facts" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrier_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"event_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"delivery_id" uuid NOT NULL,
	"fact" jsonb NOT NULL,
	"number" text,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "channel_secrets" (
	"channel_id" text NOT NULL,
	"kind" text NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "channel_secrets_channel_id_kind_pk" PRIMARY KEY("channel_id","kind")
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" text PRIMARY KEY NOT NULL,
	"store_hash" text NOT NULL,
	"settings" jsonb NOT NULL,
	"settings_version" integer DEFAULT 1 NOT NULL,
	"enabled" boolean DEFAULT false NOT NULL,
	"disabled_reason" text,
	"disabled_by" text,
	"disabled_at" timestamp (3) with time zone,
	"auth_failures" integer DEFAULT 0 NOT NULL,
	"last_check" jsonb,
	"clock_skew_ms" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"detail" text NOT NULL,
	"run_id" uuid
);
--> statement-breakpoint
CREATE TABLE "hints" (
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"reason" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"generation" bigint DEFAULT nextval('generations') NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "hints_channel_id_order_id_pk" PRIMARY KEY("channel_id","order_id")
);
--> statement-breakpoint
CREATE TABLE "import_details" (
	"run_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"answer" jsonb NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "import_details_run_id_kind_key_pk" PRIMARY KEY("run_id","kind","key")
);
--> statement-breakpoint
CREATE TABLE "import_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"workflow_id" text NOT NULL,
	"mode" text NOT NULL,
	"input" jsonb NOT NULL,
	"window" jsonb NOT NULL,
	"cursor" jsonb NOT NULL,
	"counts" jsonb NOT NULL,
	"slices" integer DEFAULT 0 NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"watermark_before" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "import_watermarks" (
	"channel_id" text PRIMARY KEY NOT NULL,
	"watermark" timestamp (3) with time zone NOT NULL,
	"moved_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"store_hash" text NOT NULL,
	"canonical" jsonb NOT NULL,
	"schema_version" integer NOT NULL,
	"content_hash" text NOT NULL,
	"status_id" integer NOT NULL,
	"storefront_id" integer NOT NULL,
	"store_created_at" timestamp (3) with time zone NOT NULL,
	"store_modified_at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	"stage" text,
	"counts" jsonb,
	"attention" text,
	"attention_reason" text,
	"stage_changed_at" timestamp (3) with time zone,
	"last_news_at" timestamp (3) with time zone NOT NULL,
	"stale" boolean DEFAULT false NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"pause_reason" text,
	"overrides" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"lifecycle_state" text DEFAULT 'none' NOT NULL,
	"closed_reason" text,
	"closed_at" timestamp (3) with time zone,
	"explained_statuses" jsonb NOT NULL,
	"store_view" jsonb,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orders_channel_id_order_id_pk" PRIMARY KEY("channel_id","order_id"),
	CONSTRAINT "orders_lifecycle_state" CHECK ("orders"."lifecycle_state" in ('none', 'open', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"first" boolean NOT NULL,
	"generation" bigint DEFAULT nextval('generations') NOT NULL,
	"leased_until" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "outbox_channel_id_order_id_pk" PRIMARY KEY("channel_id","order_id")
);
--> statement-breakpoint
CREATE TABLE "quota_grants" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"store_hash" text NOT NULL,
	"granted_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"calls" integer NOT NULL,
	"purpose" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "quotas" (
	"store_hash" text PRIMARY KEY NOT NULL,
	"limit_per_window" integer NOT NULL,
	"window_ms" integer NOT NULL,
	"live_limit" integer,
	"live_left" integer,
	"live_until" timestamp (3) with time zone,
	"blocked_until" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "shipment_numbers" (
	"channel_id" text NOT NULL,
	"number" text NOT NULL,
	"order_id" bigint NOT NULL,
	"shipment_key" text NOT NULL,
	CONSTRAINT "shipment_numbers_channel_id_number_order_id_pk" PRIMARY KEY("channel_id","number","order_id")
);
--> statement-breakpoint
CREATE TABLE "shipments" (
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"key" text NOT NULL,
	"shipment" jsonb NOT NULL,
	CONSTRAINT "shipments_channel_id_order_id_key_pk" PRIMARY KEY("channel_id","order_id","key")
);
--> statement-breakpoint
CREATE TABLE "write_backs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"store_hash" text NOT NULL,
	"channel_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"n" integer NOT NULL,
	"state" text NOT NULL,
	"blocked" text,
	"approved" boolean DEFAULT false NOT NULL,
	"body" jsonb NOT NULL,
	"summary" text NOT NULL,
	"mails" integer NOT NULL,
	"not_before" timestamp (3) with time zone,
	"attempt_id" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"status_before" integer,
	"store_shipment_id" bigint,
	"outcome" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "channel_secrets" ADD CONSTRAINT "channel_secrets_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_channel" ON "audit" USING btree ("channel_id","at");--> statement-breakpoint
CREATE INDEX "carrier_deliveries_time" ON "carrier_deliveries" USING btree ("channel_id","received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "carrier_events_once" ON "carrier_events" USING btree ("channel_id","event_id","order_id");--> statement-breakpoint
CREATE INDEX "carrier_events_order" ON "carrier_events" USING btree ("channel_id","order_id");--> statement-breakpoint
CREATE INDEX "carrier_events_parked" ON "carrier_events" USING btree ("channel_id","number") WHERE state = 'parked';--> statement-breakpoint
CREATE INDEX "channels_store" ON "channels" USING btree ("store_hash");--> statement-breakpoint
CREATE INDEX "decisions_order" ON "decisions" USING btree ("channel_id","order_id","kind","id");--> statement-breakpoint
CREATE INDEX "hints_due" ON "hints" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "import_runs_channel" ON "import_runs" USING btree ("channel_id","started_at");--> statement-breakpoint
CREATE INDEX "import_runs_workflow" ON "import_runs" USING btree ("workflow_id");--> statement-breakpoint
CREATE INDEX "orders_open" ON "orders" USING btree ("channel_id","lifecycle_state","order_id");--> statement-breakpoint
CREATE INDEX "orders_created" ON "orders" USING btree ("channel_id","store_created_at");--> statement-breakpoint
CREATE INDEX "orders_attention" ON "orders" USING btree ("channel_id","attention") WHERE attention is not null;--> statement-breakpoint
CREATE INDEX "outbox_age" ON "outbox" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "quota_grants_store" ON "quota_grants" USING btree ("store_hash","granted_at");--> statement-breakpoint
CREATE INDEX "shipment_numbers_order" ON "shipment_numbers" USING btree ("channel_id","order_id");--> statement-breakpoint
CREATE UNIQUE INDEX "write_backs_key" ON "write_backs" USING btree ("store_hash","order_id","kind","subject","n");--> statement-breakpoint
CREATE INDEX "write_backs_order" ON "write_backs" USING btree ("channel_id","order_id");--> statement-breakpoint
CREATE INDEX "write_backs_due" ON "write_backs" USING btree ("channel_id","state") WHERE state in ('planned', 'sent');