import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { findCompose } from '../../lanes.mjs'

/** A Compose file of a test, as one project. */
export interface ComposeProject {
  /** Runs a command of Compose. @returns its standard output. @throws Error with all it said where it fails. */
  run(...args: readonly string[]): Promise<string>
}

/**
 * Opens a Compose file. Compose 1, which Debian has, knows no name at the head of a file: it is given the file without.
 * @param env beside `DOCKER_HOST`, which is the Docker of the test.
 */
export function openCompose(
  file: string,
  project: string,
  env: Readonly<Record<string, string>> & { readonly DOCKER_HOST: string },
): ComposeProject {
  const found = findCompose()
  if (found === null) throw new Error('Docker Compose is not installed')
  const [program = '', ...first] = found.command
  const text = readFileSync(file, 'utf8')
  const source = found.major >= 2 || !/^name: /m.test(text) ? file : '-'
  return {
    async run(...args) {
      const child = spawn(program, [...first, '--project-name', project, '--file', source, ...args], {
        cwd: dirname(file),
        env: { ...process.env, ...env },
      })
      const said = { out: '', all: '' }
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        said.out += part
        said.all += part
      })
      child.stderr.setEncoding('utf8').on('data', (part: string) => (said.all += part))
      // It may not read what it was not told to.
      child.stdin.on('error', () => undefined)
      child.stdin.end(source === '-' ? text.replace(/^name: .*$/m, '') : '')
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject).once('close', resolve)
      })
      if (code !== 0) throw new Error(`compose ${args.join(' ')} ended with ${code}:\n${said.all}`)
      return said.out
    },
  }
}
