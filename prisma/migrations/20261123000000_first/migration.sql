-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "SimulationMode" AS ENUM ('LIVE', 'REPLAY', 'BACKTEST');

-- CreateEnum
CREATE TYPE "SimulationStatus" AS ENUM ('STARTING', 'RUNNING', 'STOPPING', 'COMPLETED', 'STOPPED', 'FAILED');

-- CreateEnum
CREATE TYPE "LauncherKind" AS ENUM ('PROCESS', 'DOCKER', 'SWARM');

-- CreateEnum
CREATE TYPE "EngineRole" AS ENUM ('STREAMER', 'ALGORITHM', 'SIMULATOR');

-- CreateEnum
CREATE TYPE "Side" AS ENUM ('BUY', 'SELL');

-- CreateTable
CREATE TABLE "Simulation" (
    "id" UUID NOT NULL,
    "idempotencyKey" TEXT,
    "mode" "SimulationMode" NOT NULL,
    "status" "SimulationStatus" NOT NULL,
    "statusReason" TEXT,
    "launcher" "LauncherKind" NOT NULL,
    "algorithm" TEXT NOT NULL,
    "algorithmParameters" JSONB NOT NULL,
    "simulatorParameters" JSONB NOT NULL,
    "source" TEXT NOT NULL,
    "products" TEXT[],
    "durationSeconds" INTEGER,
    "speed" DOUBLE PRECISION NOT NULL,
    "seed" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(6),
    "endedAt" TIMESTAMPTZ(6),
    "fingerprint" TEXT,
    "dataQuality" JSONB,
    "latency" JSONB,
    "metrics" JSONB,
    "engines" JSONB,

    CONSTRAINT "Simulation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Signal" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "side" "Side" NOT NULL,
    "confidence" DOUBLE PRECISION NOT NULL,
    "price" DECIMAL(38,8) NOT NULL,
    "indicator" DOUBLE PRECISION NOT NULL,
    "reason" TEXT NOT NULL,
    "signalTime" BIGINT NOT NULL,
    "cause" BIGINT NOT NULL,
    "accepted" BOOLEAN NOT NULL,
    "quantity" DECIMAL(38,8),
    "refusal" TEXT,
    "refusalDetail" TEXT,

    CONSTRAINT "Signal_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateTable
CREATE TABLE "Trade" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "side" "Side" NOT NULL,
    "price" DECIMAL(38,8) NOT NULL,
    "quantity" DECIMAL(38,8) NOT NULL,
    "requested" DECIMAL(38,8) NOT NULL,
    "notional" DECIMAL(38,8) NOT NULL,
    "fee" DECIMAL(38,8) NOT NULL,
    "realizedPnl" DECIMAL(38,8) NOT NULL,
    "positionAfter" DECIMAL(38,8) NOT NULL,
    "signalSequence" BIGINT NOT NULL,
    "fillTime" BIGINT NOT NULL,

    CONSTRAINT "Trade_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateTable
CREATE TABLE "PortfolioSnapshot" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "cash" DECIMAL(38,8) NOT NULL,
    "equity" DECIMAL(38,8) NOT NULL,
    "realizedPnl" DECIMAL(38,8) NOT NULL,
    "unrealizedPnl" DECIMAL(38,8) NOT NULL,
    "feesPaid" DECIMAL(38,8) NOT NULL,
    "drawdown" DOUBLE PRECISION NOT NULL,
    "maxDrawdown" DOUBLE PRECISION NOT NULL,
    "winRate" DOUBLE PRECISION,
    "tradeCount" INTEGER NOT NULL,
    "positions" JSONB NOT NULL,

    CONSTRAINT "PortfolioSnapshot_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateTable
CREATE TABLE "FeedEvent" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "product" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "detail" TEXT NOT NULL,

    CONSTRAINT "FeedEvent_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateTable
CREATE TABLE "LogLine" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "role" "EngineRole" NOT NULL,
    "level" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "LogLine_pkey" PRIMARY KEY ("simulationId","sequence")
);

-- CreateTable
CREATE TABLE "Configuration" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "latestVersion" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "Configuration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ConfigurationVersion" (
    "configurationId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "algorithm" TEXT NOT NULL,
    "algorithmParameters" JSONB NOT NULL,
    "simulatorParameters" JSONB NOT NULL,
    "tags" TEXT[],
    "notes" TEXT,
    "createdAt" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "ConfigurationVersion_pkey" PRIMARY KEY ("configurationId","version")
);

-- CreateIndex
CREATE UNIQUE INDEX "Simulation_idempotencyKey_key" ON "Simulation"("idempotencyKey");

-- CreateIndex
CREATE INDEX "Simulation_createdAt_id_idx" ON "Simulation"("createdAt" DESC, "id");

-- CreateIndex
CREATE INDEX "Simulation_algorithm_createdAt_idx" ON "Simulation"("algorithm", "createdAt");

-- CreateIndex
CREATE INDEX "Simulation_status_idx" ON "Simulation"("status");

-- CreateIndex
CREATE UNIQUE INDEX "Configuration_name_key" ON "Configuration"("name");

-- CreateIndex
CREATE INDEX "Configuration_updatedAt_id_idx" ON "Configuration"("updatedAt" DESC, "id");

-- AddForeignKey
ALTER TABLE "Signal" ADD CONSTRAINT "Signal_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Trade" ADD CONSTRAINT "Trade_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PortfolioSnapshot" ADD CONSTRAINT "PortfolioSnapshot_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FeedEvent" ADD CONSTRAINT "FeedEvent_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LogLine" ADD CONSTRAINT "LogLine_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConfigurationVersion" ADD CONSTRAINT "ConfigurationVersion_configurationId_fkey" FOREIGN KEY ("configurationId") REFERENCES "Configuration"("id") ON DELETE CASCADE ON UPDATE CASCADE;
