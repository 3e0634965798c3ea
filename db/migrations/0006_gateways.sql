CREATE TABLE "gateways" (
	"ref" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"note" text NOT NULL
);
