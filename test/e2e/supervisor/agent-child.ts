import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentRequest } from './agent-process.ts';

const program = path.join(import.meta.dirname, 'agent-process.ts');

/** A supervisor in a process of its own. */
export class AgentChild {
  readonly process: ChildProcess;

  private constructor(shim: string) {
    this.process = fork(program, [shim], { serialization: 'advanced' });
  }

  static async start(shim: string): Promise<AgentChild> {
    const child = new AgentChild(shim);
    onTestFinished(() => child.kill());
    await once(child.process, 'message');
    return child;
  }

  /** Asks without waiting. */
  tell(request: AgentRequest): void {
    this.process.send(request);
  }

  /** Asks and waits for the answer. */
  async ask(request: AgentRequest): Promise<unknown> {
    this.tell(request);
    const [answer] = await once(this.process, 'message');
    return answer;
  }

  /** As the kernel does when memory runs out: at once, without a word. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}
