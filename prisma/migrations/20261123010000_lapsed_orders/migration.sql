-- CreateTable
CREATE TABLE "LapsedOrder" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "side" "Side" NOT NULL,
    "quantity" DECIMAL(38,8) NOT NULL,
    "signalSequence" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "LapsedOrder_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- AddForeignKey
ALTER TABLE "LapsedOrder" ADD CONSTRAINT "LapsedOrder_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
