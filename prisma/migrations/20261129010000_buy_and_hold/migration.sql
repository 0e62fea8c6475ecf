-- AlterTable
ALTER TABLE "PortfolioSnapshot" ADD COLUMN "buyAndHold" DOUBLE PRECISION;
