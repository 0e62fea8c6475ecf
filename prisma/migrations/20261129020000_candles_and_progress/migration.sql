-- AlterTable
ALTER TABLE "Simulation" ADD COLUMN "progress" DOUBLE PRECISION;

-- CreateTable
CREATE TABLE "PriceCandle" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "begin" BIGINT NOT NULL,
    "open" DECIMAL(38,8) NOT NULL,
    "high" DECIMAL(38,8) NOT NULL,
    "low" DECIMAL(38,8) NOT NULL,
    "close" DECIMAL(38,8) NOT NULL,

    CONSTRAINT "PriceCandle_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateIndex
CREATE INDEX "PriceCandle_simulationId_product_begin_idx" ON "PriceCandle"("simulationId", "product", "begin");

-- AddForeignKey
ALTER TABLE "PriceCandle" ADD CONSTRAINT "PriceCandle_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
