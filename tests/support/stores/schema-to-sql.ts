import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

type EngineModule = typeof engineModule & {
  __wbg_set_wasm(exports: unknown): void
}

/** What is used of the WebAssembly global, whose types come only with those of a browser. */
interface WebAssemblyGlobal {
  instantiate(
    binary: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

let loading: Promise<EngineModule> | null = null

/**
 * The schema engine that `prisma migrate` uses, as WebAssembly: Prisma's own command would download a binary first.
 * The package's entry imports the `.wasm` file as a module, which Node cannot; so it is instantiated here.
 */
function loadEngine(): Promise<EngineModule> {
  loading ??= (async () => {
    const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const engine = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as EngineModule
    const binary = await readFile(join(dirname(path), 'schema_engine_bg.wasm'))
    const { WebAssembly: webAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
    const { instance } = await webAssembly.instantiate(binary, { './schema_engine_bg.js': engine })
    engine.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message() {} } })
    return engine
  })()
  return loading
}

async function withEngine<Result>(url: string, work: (engine: SchemaEngine) => Promise<Result>): Promise<Result> {
  const { SchemaEngine } = await loadEngine()
  // A pool of our own: the engine takes Prisma's advisory lock on it, which only the session's end gives back.
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool))
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter)
    try {
      return await work(engine)
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
  }
}

/**
 * The SQL that leads from an empty database to a Prisma schema: how a first migration is written, and how a test
 * sees that the migrations and the schema agree.
 */
export async function schemaToSql(url: string, schemaPath: string): Promise<string> {
  const content = await readFile(schemaPath, 'utf8')
  const result = await withEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  return result.stdout ?? ''
}
