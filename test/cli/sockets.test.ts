/** Modules with sockets, as a user meets them: in `send`, `serve` and `bench`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, kadec21 } from './kadec21.ts';

/** Processes start and end here, on a machine that may be busy. */
const PATIENCE_MS = 180_000;

let folder = '';
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kadec21-sockets-'));
});
afterEach(() => {
  child?.kill('SIGTERM');
  child = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function unit(mail: string): string {
  const file = join(folder, 'unit.yaml');
  writeFileSync(
    file,
    `schemaVersion: 1
device: { name: moshiri-01, model: KADEC21-KAZE-N2, id: "0001", station: Moshiri, firmware: "3.0" }
module: 3gpp-sockets
carrier: { user: user@au.au-net.ne.jp, password: "au" }
mail:
  from: moshiri@north-one.example
  to: [office@north-one.example]
${mail}
schedule: { sendEvery: 24h, sendOffset: 6h }
`,
  );
  return file;
}

const SIGNED_IN = 'auth: { mechanism: auto, user: logger@north-one.example, password: snow-depth }';
const submission = (tls: string) =>
  `  server: { host: mail.north-one.example, port: 587, tls: ${tls} }\n  ${SIGNED_IN}`;

/** `kadec21 serve` on a pty, once it is ready. */
async function served(
  ...args: readonly string[]
): Promise<{ readonly pty: string; readonly said: () => string }> {
  const pty = join(folder, 'modem');
  child = spawn(process.execPath, [command, 'serve', '--pty', pty, ...args], { cwd: folder, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => {
      text += part;
    });
  }
  await until('ready', () => text.includes(': ready'));
  return { pty, said: () => text };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS / 2; !isSo(); ) {
    if (performance.now() > end) {
      throw new Error(`${what} did not come`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('kadec21 send', { timeout: PATIENCE_MS }, () => {
  it('delivers through the sockets of the module, with STARTTLS and AUTH, and no PPP on the line', async () => {
    const trace = join(folder, 'trace');
    const { status, stdout } = await kadec21(
      'send',
      '--json',
      '--at',
      '2024-05-01',
      '--settings',
      unit(submission('required')),
      '--trace',
      trace,
    );
    expect(status).toBe(0);
    const { sessions } = JSON.parse(stdout);
    expect(sessions[0]).toMatchObject({ outcome: 'delivered', dials: 1 });
    expect(stdout).toContain('"open-sockets"');
    const dialogue = readFileSync(trace, 'utf8');
    expect(dialogue).toMatch(/at +> AT\+QIOPEN=1,0,"TCP","203\.0\.113\.25",587,0,0/);
    expect(dialogue).toMatch(/smtp +> STARTTLS/);
    expect(dialogue).toMatch(/smtp +> AUTH/);
    expect(dialogue).not.toMatch(/ATD|snow-depth/);
  });

  it('is stopped on port 25 by OP25B: exit 1', async () => {
    const { status, stdout } = await kadec21(
      'send',
      '--json',
      '--at',
      '2024-05-01',
      '--settings',
      unit('  server: { host: mail.north-one.example, port: 25, tls: "off" }\n  auth: { mechanism: none }'),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('"OP25B"');
  });
});

describe('kadec21 serve', { timeout: 2 * PATIENCE_MS }, () => {
  it('offers such a module to a device on a pty, and its mail arrives', async () => {
    const { pty, said } = await served('--module', '3gpp-sockets', '--at', '2024-05-01');
    const settings = unit(submission('"off"'));
    const { status, stdout } = await kadec21('send', '--quiet', '--settings', settings, '--line', pty);
    expect([status, stdout]).toEqual([0, expect.stringContaining('delivered')]);
    await until('the mail', () => said().includes('office@north-one.example'));
  });

  it('and to the bench, which tells it apart and sends its test mail', async () => {
    const { pty } = await served('--module', '3gpp-sockets', '--at', '2024-05-01');
    const report = await kadec21(
      'bench',
      '--json',
      '--yes',
      '--at',
      '2024-05-01',
      '--port',
      pty,
      '--settings',
      unit(submission('"off"')),
      '--skip',
      'port-25,reset',
    );
    const { stations, profile } = JSON.parse(report.stdout);
    expect(profile).toMatchObject({ name: '3gpp-sockets', score: 100 });
    const verdicts = new Map(
      stations.map(({ name, verdict }: { name: string; verdict: string }) => [name, verdict]),
    );
    expect(verdicts.get('dial')).toBe('ok');
    expect(verdicts.get('submission-ports')).toBe('ok');
    expect(verdicts.get('hang-up')).toBe('ok');
    expect(verdicts.get('escape')).toBe('skipped');
  });
});
