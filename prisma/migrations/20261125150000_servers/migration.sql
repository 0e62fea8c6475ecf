-- AlterTable
ALTER TABLE "Simulation" ADD COLUMN "ownerId" UUID,
ADD COLUMN "sharedStreamer" TEXT,
ADD COLUMN "stopRequestedAt" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "Server" (
    "id" UUID NOT NULL,
    "installation" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "startedAt" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Server_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Server_seenAt_idx" ON "Server"("seenAt");

-- CreateIndex
CREATE INDEX "Simulation_ownerId_idx" ON "Simulation"("ownerId");
