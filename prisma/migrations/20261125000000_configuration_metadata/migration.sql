-- AlterTable
ALTER TABLE "ConfigurationVersion" ADD COLUMN "savedBy" TEXT;

-- CreateIndex
CREATE INDEX "ConfigurationVersion_algorithm_idx" ON "ConfigurationVersion"("algorithm");

-- CreateIndex
CREATE INDEX "ConfigurationVersion_tags_idx" ON "ConfigurationVersion" USING GIN ("tags");
