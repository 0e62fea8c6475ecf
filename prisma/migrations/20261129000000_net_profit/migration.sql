-- AlterTable
ALTER TABLE "Simulation" ADD COLUMN "netProfit" DECIMAL(38,8) NOT NULL DEFAULT 0;

-- What runs have come to is in their metrics already.
UPDATE "Simulation" SET "netProfit" = COALESCE(("metrics"->>'netProfit')::numeric, 0) WHERE "metrics" IS NOT NULL;
