CREATE TABLE "import_outcomes" (
	"run_id" uuid NOT NULL,
	"order_id" bigint NOT NULL,
	"outcome" text NOT NULL,
	"rule" text,
	"setting" text,
	"detail" text,
	CONSTRAINT "import_outcomes_run_id_order_id_pk" PRIMARY KEY("run_id","order_id")
);
