CREATE TABLE "import_lists" (
	"channel_id" text NOT NULL,
	"list_id" text NOT NULL,
	"order_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "import_lists_channel_id_list_id_order_id_pk" PRIMARY KEY("channel_id","list_id","order_id")
);
