/**
 * What changed in the local master, told to whoever acts on it once it is committed.
 */
import type { Database } from '../database.ts';
import type { Partitions } from './partitions.ts';
import type { Timestamps } from './timestamps.ts';

export type ProxyChange = {
  kind: 'request' | 'supply' | 'format' | 'bang' | 'published' | 'freed' | 'software-freed';
  computerId: string;
  partitionId?: string;
  url?: string;
};

export type ProxyListener = (change: ProxyChange) => void;

/** What a change is made with, inside of its transaction. */
export type ChangeContext = {
  database: Database;
  partitions: Partitions;
  timestamps: Timestamps;
  changed(this: void, change: ProxyChange): void;
};
