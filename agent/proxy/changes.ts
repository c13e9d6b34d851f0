/**
 * What changed in the local master, told to whoever acts on it once it is committed.
 */
export type ProxyChange = {
  kind: 'request' | 'supply' | 'format' | 'bang' | 'published' | 'freed' | 'software-freed';
  computerId: string;
  partitionId?: string;
  url?: string;
};

export type ProxyListener = (change: ProxyChange) => void;
