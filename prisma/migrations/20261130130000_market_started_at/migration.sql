-- AlterTable
ALTER TABLE "Simulation" ADD COLUMN "freshMarket" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "marketStartedAt" BIGINT;
