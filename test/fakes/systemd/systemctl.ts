/**
 * A stand-in for `systemctl --user`, where no systemd can run. It reads unit files as systemd does (systemd.syntax(7)), starts what
 * they say in a session of its own, stops the main process alone (`KillMode=process`), and writes down each call in
 * `$XDG_RUNTIME_DIR/systemctl`. It starts nothing again, keeps no control groups, and knows nothing of what it does not need.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const runtime = process.env['XDG_RUNTIME_DIR'] ?? '';
const words = process.argv.slice(2);
appendFileSync(path.join(runtime, 'systemctl'), `${words.join(' ')}\n`);

function fail(sentence: string, status = 1): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

if (words[0] !== '--user') fail('System has not been booted with systemd as init system (PID 1).');
if (existsSync(path.join(runtime, 'refuses'))) fail('Failed to connect to bus: Connection refused');
const [, command, ...rest] = words;
const unit = rest.at(-1) ?? '';
const pidFile = path.join(runtime, `${unit}.pid`);

function unitText(): string {
  const file = path.join(runtime, 'systemd', 'user', unit);
  return existsSync(file) ? readFileSync(file, 'utf8') : fail(`Unit ${unit} not found.`, 5);
}

function valuesOf(text: string, key: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

/** Words in double quotes, each with its escapes and specifiers resolved. */
function wordsOf(value: string): string[] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gu)].map(([, word = '']) =>
    word
      .replaceAll(/\\(.)/gu, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped))
      .replaceAll('%%', '%'),
  );
}

function runningPid(): number {
  if (!existsSync(pidFile)) return 0;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    return /^State:\s+[ZX]/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8')) ? 0 : pid;
  } catch {
    return 0;
  }
}

function start(): void {
  if (runningPid() !== 0) return;
  const text = unitText();
  const [line = ''] = valuesOf(text, 'ExecStart');
  const [program = '', ...args] = wordsOf(line).map((word) => word.replaceAll('$$', '$'));
  const given = valuesOf(text, 'Environment').flatMap(wordsOf);
  const environment = Object.fromEntries(
    given.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  );
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: { HOME: homedir(), XDG_RUNTIME_DIR: runtime, INVOCATION_ID: '0123456789abcdef', ...environment },
  });
  writeFileSync(pidFile, String(child.pid ?? 0));
  child.unref();
}

switch (command) {
  case 'daemon-reload':
  case 'reset-failed':
    break;
  case 'start':
    start();
    break;
  case 'stop':
    if (runningPid() !== 0) process.kill(runningPid());
    break;
  case 'show': {
    const pid = runningPid();
    const known = existsSync(path.join(runtime, 'systemd', 'user', unit));
    process.stdout.write(
      `LoadState=${known ? 'loaded' : 'not-found'}\nActiveState=${pid === 0 ? 'inactive' : 'active'}\n` +
        `MainPID=${pid}\nExecMainStatus=0\n`,
    );
    break;
  }
  case 'is-system-running':
    if (existsSync(path.join(runtime, 'stopping'))) {
      process.stdout.write('stopping\n');
      process.exitCode = 1;
    } else process.stdout.write('running\n');
    break;
  default:
    fail(`the stand-in does not know ${command}`);
}
