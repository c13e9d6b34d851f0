/** A joined master as the interfaces show it, before anything was heard of it. */
import { X509Certificate } from 'node:crypto';
import type { MasterView, Mode } from '../api/contract.ts';
import type { SlapgridError } from '../errors.ts';
import type { MasterRecord } from './master-folders.ts';
import type { JoinedMaster } from './types.ts';

/**
 * A master that is not worked for.
 * @param id the name of its folder, which is all that may be known of it.
 */
export function masterAsideView(id: string, record: MasterRecord | null, problem: SlapgridError): MasterView {
  return {
    id,
    title: record === null ? id : new URL(record.url).host,
    url: record?.url ?? '',
    webUrl: record?.webUrl ?? '',
    computerName: record?.computerName ?? '',
    computerId: record?.computerId ?? '',
    joinedAt: record?.joinedAt ?? '',
    state: 'aside',
    error: problem.toView(),
    answeredAt: null,
    nextTryAt: null,
    certificateExpiresAt: null,
    partitionAmount: record?.partitions.amount ?? 0,
    reportsWaiting: 0,
  };
}

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
