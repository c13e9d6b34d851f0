/**
 * The masters this computer joined, and what it needs to be a node of each.
 */
import type {
  InspectMasterInput,
  InspectMasterResult,
  LeaveMasterInput,
  MasterView,
  Mode,
  RegisterNodeInput,
} from '../api/contract.ts';

/** One master, as it is kept in `private/masters/<id>/` (0700; files 0600). */
export type JoinedMaster = {
  /** Opaque; the name of its folder. */
  id: string;
  /** Of the SLAP calls. */
  url: string;
  /** Of its pages. */
  webUrl: string;
  /** What this computer is called there. */
  computerName: string;
  /** `COMP-…` */
  computerId: string;
  joinedAt: string;
  /** PEM texts with which the computer shows who it is. */
  certificate: string;
  key: string;
  /** PEM texts of the private authorities that the person accepted for it; null: the system's. */
  authorities: string | null;
  /** Its partitions on this computer: `slappart<first>` and those after it. No two masters share one. */
  partitions: { first: number; amount: number };
};

/** What the account asks of the part that works for the masters. */
export interface MasterNodes {
  /** Formats the partitions and works for it until {@link remove}. @param leaving it is going to be left at once. */
  add(master: JoinedMaster, leaving?: { isBegun: boolean } | null): Promise<void>;
  /**
   * Stops and destroys what it hosts here, tells it, and forgets it; tries until that is done.
   * @param options.force though it cannot be told. @param options.begins awaited before anything is destroyed.
   * @returns what became of it; `ended`: this agent ends before.
   */
  remove(
    id: string,
    options: { force: boolean; isBegun: boolean; begins: () => Promise<void> },
  ): Promise<'left' | 'stayed' | 'ended'>;
  /** Cancels {@link remove}. @throws SlapgridError `leaving-too-late` once something was destroyed. */
  stay(id: string): void;
  /** Takes back an {@link add} that failed. */
  abandon(id: string): Promise<void>;
  /** Asks it now. */
  ask(id: string): void;
  /** Local: stops what is hosted for masters, keeping it. */
  setMode(mode: Mode): Promise<void>;
}

/** Joining and leaving, as the interfaces call it. Errors: see `AgentService`. */
export interface Account {
  inspectMaster(input: InspectMasterInput): Promise<InspectMasterResult>;
  registerNode(input: RegisterNodeInput): Promise<MasterView>;
  leaveMaster(input: LeaveMasterInput): Promise<void>;
  stayWithMaster(id: string): Promise<void>;
  askMaster(id: string): Promise<void>;
  setMode(mode: Mode): Promise<void>;
}
