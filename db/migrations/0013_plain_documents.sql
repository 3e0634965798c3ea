-- Documents lie beside their rows as they are: compressing them was a sixth of the server's time in an import, and kept
-- inside the rows they were written again with every change of a stage. Documents that are there stay as they are until
-- they are written.
ALTER TABLE "orders" ALTER COLUMN "canonical" SET STORAGE EXTERNAL;
