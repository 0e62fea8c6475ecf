-- AlterTable
ALTER TABLE "Simulation" ADD COLUMN "doubts" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];
