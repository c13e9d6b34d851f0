/** A joined master as the interfaces show it, before anything was heard of it. */
import { X509Certificate } from 'node:crypto';
import type { MasterView, Mode } from '../api/contract.ts';
import type { JoinedMaster } from './types.ts';

export function newMasterView(joined: JoinedMaster, mode: Mode): MasterView {
  const { id, url, webUrl, computerName, computerId, joinedAt, certificate, partitions } = joined;
  return {
    id,
    title: new URL(url).host,
    url,
    webUrl,
    computerName,
    computerId,
    joinedAt,
    state: mode === 'local' ? 'paused' : 'connecting',
    error: null,
    answeredAt: null,
    nextTryAt: null,
    certificateExpiresAt: new X509Certificate(certificate).validToDate.toISOString(),
    partitionAmount: partitions.amount,
    reportsWaiting: 0,
  };
}
