-- AlterTable: a list of Prisma's has no NOT NULL, so that schema and database agree.
ALTER TABLE "Simulation" ALTER COLUMN "doubts" DROP NOT NULL;
