-- Orders with every change of their lives, round trips, liquidations and the switch; and by which rules a run was filled: those of
-- before orders could rest are version 1.

CREATE TYPE "OrderType" AS ENUM ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT', 'TRAILING_STOP', 'TAKE_PROFIT');

CREATE TYPE "TimeInForce" AS ENUM ('GTC', 'IOC', 'FOK', 'GTD');

CREATE TYPE "OrderState" AS ENUM ('ACCEPTED', 'REFUSED', 'RESTING', 'TRIGGERED', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'EXPIRED', 'REPLACED');

CREATE TYPE "OrderPurpose" AS ENUM ('SIGNAL', 'STRATEGY', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'MAX_HOLD', 'LIQUIDATION', 'RUIN');

CREATE TYPE "Liquidity" AS ENUM ('MAKER', 'TAKER');

CREATE TYPE "Direction" AS ENUM ('LONG', 'SHORT');

CREATE TYPE "TradingState" AS ENUM ('ACTIVE', 'REDUCING', 'HALTED');

ALTER TABLE "Simulation"
  ADD COLUMN "kernelVersion" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "ruinEquity" DECIMAL(48,18),
  ADD COLUMN "ruinedAt" BIGINT;

ALTER TABLE "Trade"
  ADD COLUMN "exitReason" "OrderPurpose",
  ADD COLUMN "liquidity" "Liquidity",
  ADD COLUMN "orderId" BIGINT;

ALTER TABLE "PortfolioSnapshot"
  ADD COLUMN "borrowCost" DECIMAL(48,18) NOT NULL DEFAULT 0;

CREATE TABLE "OrderChange" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "orderId" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "side" "Side" NOT NULL,
    "type" "OrderType" NOT NULL,
    "timeInForce" "TimeInForce" NOT NULL,
    "purpose" "OrderPurpose" NOT NULL,
    "state" "OrderState" NOT NULL,
    "reason" TEXT,
    "detail" TEXT NOT NULL,
    "quantity" DECIMAL(48,18) NOT NULL,
    "filled" DECIMAL(48,18) NOT NULL,
    "averagePrice" DECIMAL(48,18) NOT NULL,
    "limitPrice" DECIMAL(48,18),
    "stopPrice" DECIMAL(48,18),
    "postOnly" BOOLEAN NOT NULL,
    "reduceOnly" BOOLEAN NOT NULL,
    "expiresAt" BIGINT,
    "groupId" BIGINT,
    "parentId" BIGINT,
    "replacesId" BIGINT,
    "signalSequence" BIGINT NOT NULL,

    CONSTRAINT "OrderChange_pkey" PRIMARY KEY ("simulationId","sequence")
);

CREATE TABLE "Order" (
    "simulationId" UUID NOT NULL,
    "orderId" BIGINT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "side" "Side" NOT NULL,
    "type" "OrderType" NOT NULL,
    "timeInForce" "TimeInForce" NOT NULL,
    "purpose" "OrderPurpose" NOT NULL,
    "state" "OrderState" NOT NULL,
    "reason" TEXT,
    "detail" TEXT NOT NULL,
    "quantity" DECIMAL(48,18) NOT NULL,
    "filled" DECIMAL(48,18) NOT NULL,
    "averagePrice" DECIMAL(48,18) NOT NULL,
    "limitPrice" DECIMAL(48,18),
    "stopPrice" DECIMAL(48,18),
    "postOnly" BOOLEAN NOT NULL,
    "reduceOnly" BOOLEAN NOT NULL,
    "expiresAt" BIGINT,
    "groupId" BIGINT,
    "parentId" BIGINT,
    "replacesId" BIGINT,
    "signalSequence" BIGINT NOT NULL,

    CONSTRAINT "Order_pkey" PRIMARY KEY ("simulationId","orderId")
);

CREATE TABLE "RoundTrip" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "number" BIGINT NOT NULL,
    "product" TEXT NOT NULL,
    "direction" "Direction" NOT NULL,
    "quantity" DECIMAL(48,18) NOT NULL,
    "entryPrice" DECIMAL(48,18) NOT NULL,
    "exitPrice" DECIMAL(48,18) NOT NULL,
    "entryNotional" DECIMAL(48,18) NOT NULL,
    "exitNotional" DECIMAL(48,18) NOT NULL,
    "openedAt" BIGINT NOT NULL,
    "closedAt" BIGINT NOT NULL,
    "grossPnl" DECIMAL(48,18) NOT NULL,
    "fees" DECIMAL(48,18) NOT NULL,
    "borrowCost" DECIMAL(48,18) NOT NULL,
    "netPnl" DECIMAL(48,18) NOT NULL,
    "maxAdverse" DECIMAL(48,18) NOT NULL,
    "maxFavorable" DECIMAL(48,18) NOT NULL,
    "maxAdverseShare" DOUBLE PRECISION,
    "maxFavorableShare" DOUBLE PRECISION,
    "exitReason" "OrderPurpose" NOT NULL,
    "fills" INTEGER NOT NULL,
    "entryOrderId" BIGINT NOT NULL,
    "exitOrderId" BIGINT NOT NULL,
    "entrySignalSequence" BIGINT NOT NULL,

    CONSTRAINT "RoundTrip_pkey" PRIMARY KEY ("simulationId","sequence")
);

CREATE TABLE "Liquidation" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "equity" DECIMAL(48,18) NOT NULL,
    "required" DECIMAL(48,18) NOT NULL,
    "products" JSONB NOT NULL,

    CONSTRAINT "Liquidation_pkey" PRIMARY KEY ("simulationId","sequence")
);

CREATE TABLE "TradingChange" (
    "simulationId" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "time" BIGINT NOT NULL,
    "state" "TradingState" NOT NULL,
    "after" BIGINT NOT NULL,
    "cause" TEXT NOT NULL,

    CONSTRAINT "TradingChange_pkey" PRIMARY KEY ("simulationId","sequence")
);

CREATE INDEX "OrderChange_simulationId_orderId_sequence_idx" ON "OrderChange"("simulationId", "orderId", "sequence");

CREATE INDEX "Order_simulationId_state_orderId_idx" ON "Order"("simulationId", "state", "orderId");

CREATE INDEX "Order_simulationId_product_orderId_idx" ON "Order"("simulationId", "product", "orderId");

CREATE INDEX "Order_simulationId_signalSequence_idx" ON "Order"("simulationId", "signalSequence");

ALTER TABLE "OrderChange" ADD CONSTRAINT "OrderChange_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "Order" ADD CONSTRAINT "Order_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "RoundTrip" ADD CONSTRAINT "RoundTrip_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "Liquidation" ADD CONSTRAINT "Liquidation_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "TradingChange" ADD CONSTRAINT "TradingChange_simulationId_fkey" FOREIGN KEY ("simulationId") REFERENCES "Simulation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
