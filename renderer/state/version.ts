/**
 * The contract that this page was written against; an agent says its own in `agent.contractVersion`. The type refuses a number
 * that is not the one of `agent/api/contract.ts`.
 */
type Contract = typeof import('../../agent/api/contract.ts');

export const CONTRACT_VERSION: Contract['CONTRACT_VERSION'] = 6;
