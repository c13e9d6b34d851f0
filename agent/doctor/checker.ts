/**
 * What a check is: one question about this computer, an answer, and what to do when the answer is bad.
 */
import type { LendingView } from '../api/contract-lending.ts';
import type { CheckResult } from '../api/contract.ts';
import { text, type MessageParameters } from '../messages.ts';
import type { Paths } from '../paths.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { ServiceHealth } from '../service/health.ts';

export type DoctorContext = {
  paths: Paths;
  sandbox: Pick<Sandbox, 'probe'>;
  /** Whether the agent that asks listens on its own ports; false where no agent runs. */
  portsAreOurs: boolean;
  /** How the user's systemd sees the agent; null where they have none. */
  service: () => Promise<ServiceHealth | null>;
  now: () => number;
  /** Tries anew how far this computer may be lent; left out where no agent runs. */
  lending?: () => Promise<LendingView>;
};

/** `detail` is a sentence; a failure has at least one fix. */
export type Finding = { passed: true; detail: string } | { passed: false; detail: string; fixes: string[] };

export type Checker = {
  /** kebab-case; its title is `doctor.<id>.title`. */
  id: string;
  /** Whether the question makes sense here. */
  applicable(context: DoctorContext): Promise<boolean>;
  /** Answers without changing anything and without a packet beyond this computer. */
  check(context: DoctorContext): Promise<Finding>;
};

export const always = async (): Promise<boolean> => true;

/** A good answer: the sentence of `key`. */
export function well(key: string, parameters: MessageParameters = {}): Finding {
  return { passed: true, detail: text(key, parameters) };
}

/** A bad answer: the sentence of `key`, and of `key.fix`. */
export function needsYou(key: string, parameters: MessageParameters = {}): Finding {
  return { passed: false, detail: text(key, parameters), fixes: [text(`${key}.fix`, parameters)] };
}

/** What the API shows of a finding. */
export function resultOf(checker: Pick<Checker, 'id'>, finding: Finding): CheckResult {
  return {
    id: checker.id,
    title: text(`doctor.${checker.id}.title`),
    passed: finding.passed,
    detail: finding.detail,
    fixes: finding.passed ? [] : finding.fixes,
  };
}
