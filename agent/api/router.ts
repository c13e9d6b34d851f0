/**
 * The one contract between the agent and its interfaces, as a tRPC router: a thin wrapper of {@link AgentService} that
 * checks what comes in, what goes out, and who may ask for what.
 */
import path from 'node:path';
import { initTRPC, tracked, TRPCError } from '@trpc/server';
import { z } from 'zod';
import { SlapgridError } from '../errors.ts';
import {
  pauseInputSchema,
  previewInputSchema,
  previewSchema,
  desktopFactsSchema,
  resumeInputSchema,
  rulesSchema,
} from './contract-conditions.ts';
import {
  auditEntrySchema,
  doorAddressesSchema,
  egressSchema,
  limitsInputSchema,
  sharingSchema,
} from './contract-lending.ts';
import { resolveReportInputSchema, usageByInputSchema, usageSummarySchema } from './contract-usage.ts';
import {
  agentStateSchema,
  catalogueEntrySchema,
  changeEventSchema,
  checkEventSchema,
  masterUrlScope,
  checkResultSchema,
  downloadInputSchema,
  downloadSchema,
  inspectMasterInputSchema,
  inspectMasterResultSchema,
  instanceNameSchema,
  leaveMasterInputSchema,
  lingeringSchema,
  masterViewSchema,
  modeSchema,
  registerNodeInputSchema,
  requestInputSchema,
  requestResultSchema,
  setNotificationInputSchema,
  settingsSchema,
  dataSizeSchema,
  startAtLoginSchema,
  uninstallInputSchema,
  uninstallResultSchema,
  usageHistoryInputSchema,
  usageHistorySchema,
  type AgentService,
} from './contract.ts';
import { trpcErrorOf, viewOf, type Log } from './failures.ts';

/** `socket`: the owner's command line and window, over the Unix socket. `page`: a browser, over the loopback server. */
export type ApiScope = 'socket' | 'page';

export type ApiContext = { service: AgentService; scope: ApiScope; log: Log };

/** A dead agent or a dead page is noticed within this time; the pings cost one small write per open stream. */
const PING_MILLISECONDS = 15_000;
const SILENCE_MILLISECONDS = 45_000;

const trpc = initTRPC.context<ApiContext>().create({
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: PING_MILLISECONDS },
    client: { reconnectAfterInactivityMs: SILENCE_MILLISECONDS },
  },
  errorFormatter: ({ shape, error }) => {
    const slapgrid = viewOf(error);
    return { ...shape, message: slapgrid.sentence, data: { ...shape.data, slapgrid } };
  },
});

/** For everybody who was let in. */
const procedure = trpc.procedure.use(async ({ ctx, path: called, next }) => {
  const result = await next();
  if (!result.ok) throw trpcErrorOf(result.error, called, ctx.log);
  return result;
});

/** For the owner's own programs: what hands out capabilities, names files of this computer, or ends the agent. */
const ownerProcedure = procedure.use(({ ctx, next }) => {
  if (ctx.scope !== 'socket') {
    throw new TRPCError({ code: 'FORBIDDEN', cause: new SlapgridError('wrong-scope') });
  }
  return next();
});

/** Failures in the middle of a stream, in the same form as those of a call. */
async function* shielded<Item>(
  items: AsyncIterable<Item>,
  called: string,
  log: Log,
): AsyncGenerator<Item, void> {
  try {
    yield* items;
  } catch (error) {
    throw trpcErrorOf(error, called, log);
  }
}

const nothing = z.void();
const instanceInput = z.object({ name: instanceNameSchema });
const softwareInput = z.object({ software: z.string().min(1).max(2000) });
const softwareResult = z.object({ url: z.string() });
const absolutePath = z
  .string()
  .max(4096)
  .refine((file) => path.isAbsolute(file), 'must be an absolute path');
const logLine = z.object({ service: z.string(), line: z.string() });
const MOST_LINES = 10_000;
/** Of all logs of an instance together. */
const LONGEST_POSITION = 4000;

export const appRouter = trpc.router({
  state: procedure.output(agentStateSchema).query(({ ctx }) => ctx.service.state()),

  /**
   * The state tree and its changes; resumes after `lastEventId` without loss or repetition. Who shows no usage says so: it is
   * then not measured every second.
   */
  changes: procedure
    .input(
      z.object({ lastEventId: z.string().max(200).nullish(), usage: z.boolean().default(true) }).optional(),
    )
    .subscription(async function* changes({
      ctx,
      input,
      path: called,
      signal = new AbortController().signal,
    }) {
      const events = ctx.service.changes({
        lastEventId: input?.lastEventId ?? null,
        usage: input?.usage ?? true,
        signal,
      });
      for await (const event of shielded(events, called, ctx.log)) {
        const { id, change } = changeEventSchema.parse(event);
        yield tracked(id, change);
      }
    }),

  usageHistory: procedure
    .input(usageHistoryInputSchema)
    .output(usageHistorySchema)
    .query(({ ctx, input }) => ctx.service.usageHistory(input)),

  catalogue: procedure.output(z.array(catalogueEntrySchema)).query(({ ctx }) => ctx.service.catalogue()),

  describe: procedure
    .input(softwareInput)
    .output(catalogueEntrySchema)
    .query(({ ctx, input }) => ctx.service.describe(input.software)),

  request: procedure
    .input(requestInputSchema)
    .output(requestResultSchema)
    .mutation(({ ctx, input }) => ctx.service.request(input)),

  cancel: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.cancel(input.name)),

  start: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.start(input.name)),

  stop: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.stop(input.name)),

  restart: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.restart(input.name)),

  destroy: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.destroy(input.name)),

  bang: procedure
    .input(instanceInput)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.bang(input.name)),

  supply: procedure
    .input(softwareInput)
    .output(softwareResult)
    .mutation(({ ctx, input }) => ctx.service.supply(input.software)),

  remove: procedure
    .input(softwareInput)
    .output(softwareResult)
    .mutation(({ ctx, input }) => ctx.service.remove(input.software)),

  stopAll: procedure.output(nothing).mutation(({ ctx }) => ctx.service.stopAll()),

  /** Lines of logs; resumes after the last one that was read. */
  logs: procedure
    .input(
      z.object({
        name: instanceNameSchema,
        service: z.string().max(200).nullable().default(null),
        lines: z.number().int().min(0).max(MOST_LINES).default(100),
        follow: z.boolean().default(false),
        lastEventId: z.string().max(LONGEST_POSITION).nullish(),
      }),
    )
    .subscription(async function* logs({ ctx, input, path: called, signal = new AbortController().signal }) {
      const { lastEventId, ...wanted } = input;
      const after = lastEventId === null || lastEventId === undefined ? {} : { after: lastEventId };
      const lines = ctx.service.logs({ ...wanted, ...after, signal });
      for await (const { position, ...line } of shielded(lines, called, ctx.log)) {
        yield tracked(position, logLine.parse(line));
      }
    }),

  createDownload: procedure
    .input(downloadInputSchema)
    .output(downloadSchema)
    .mutation(({ ctx, input }) => ctx.service.createDownload(input)),

  doctor: procedure.output(z.array(checkResultSchema)).query(({ ctx }) => ctx.service.doctor()),

  checks: procedure.subscription(async function* checks({ ctx, path: called }) {
    for await (const event of shielded(ctx.service.checks(), called, ctx.log)) {
      yield checkEventSchema.parse(event);
    }
  }),

  settings: procedure.output(settingsSchema).query(({ ctx }) => ctx.service.settings()),
  dataSize: procedure.output(dataSizeSchema).query(({ ctx }) => ctx.service.dataSize()),

  setStartAtLogin: procedure
    .input(z.object({ enabled: z.boolean() }))
    .output(startAtLoginSchema)
    .mutation(({ ctx, input }) => ctx.service.setStartAtLogin(input.enabled)),

  setLingering: procedure
    .input(z.object({ enabled: z.boolean() }))
    .output(lingeringSchema)
    .mutation(({ ctx, input }) => ctx.service.setLingering(input.enabled)),

  inspectMaster: procedure
    .input(inspectMasterInputSchema)
    .output(inspectMasterResultSchema)
    .mutation(({ ctx, input }) => ctx.service.inspectMaster(input)),

  registerNode: procedure
    .input(registerNodeInputSchema)
    .output(masterViewSchema)
    .mutation(({ ctx, input }) => ctx.service.registerNode(input)),

  leaveMaster: procedure
    .input(leaveMasterInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.leaveMaster(input)),

  stayWithMaster: procedure
    .input(z.object({ id: z.string().min(1).max(100) }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.stayWithMaster(input.id)),

  askMaster: procedure
    .input(z.object({ id: z.string().min(1).max(100) }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.askMaster(input.id)),

  setMode: procedure
    .input(z.object({ mode: modeSchema }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setMode(input.mode)),

  setSharing: procedure
    .input(z.object({ sharing: sharingSchema }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setSharing(input.sharing)),

  setLimits: procedure
    .input(limitsInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setLimits(input)),

  setEgress: procedure
    .input(z.object({ egress: egressSchema }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setEgress(input.egress)),

  setDoorAddresses: procedure
    .input(z.object({ addresses: doorAddressesSchema }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setDoorAddresses(input.addresses)),

  setMostPartitions: procedure
    .input(z.object({ most: z.number().nullable() }))
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setMostPartitions(input.most)),

  audit: procedure
    .input(z.object({ limit: z.number().int().min(1).max(MOST_LINES).default(100) }))
    .output(z.array(auditEntrySchema))
    .query(({ ctx, input }) => ctx.service.audit(input.limit)),

  pause: procedure
    .input(pauseInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.pause(input)),

  finish: procedure.output(nothing).mutation(({ ctx }) => ctx.service.finish()),

  resume: procedure
    .input(resumeInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.resume(input)),

  setRules: procedure
    .input(rulesSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setRules(input)),

  preview: procedure
    .input(previewInputSchema)
    .output(previewSchema)
    .query(({ ctx, input }) => ctx.service.preview(input)),

  usageSummary: procedure
    .input(usageByInputSchema)
    .output(usageSummarySchema)
    .query(({ ctx, input }) => ctx.service.usageSummary(input)),

  createUsageDownload: procedure
    .input(usageByInputSchema)
    .output(downloadSchema)
    .mutation(({ ctx, input }) => ctx.service.createUsageDownload(input)),

  resolveReport: procedure
    .input(resolveReportInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.resolveReport(input)),

  setNotification: procedure
    .input(setNotificationInputSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.setNotification(input)),

  finishFirstRun: procedure.output(nothing).mutation(({ ctx }) => ctx.service.finishFirstRun()),

  uninstall: procedure
    .input(uninstallInputSchema)
    .output(uninstallResultSchema)
    .mutation(({ ctx, input }) => ctx.service.uninstall(input)),

  exportData: ownerProcedure
    .input(z.object({ name: instanceNameSchema, file: absolutePath }))
    .output(z.object({ bytes: z.number() }))
    .mutation(({ ctx, input }) => ctx.service.exportData(input.name, input.file)),

  usageCsv: ownerProcedure
    .input(usageByInputSchema)
    .output(z.object({ name: z.string(), text: z.string() }))
    .query(({ ctx, input }) => ctx.service.usageCsv(input)),

  tellDesktop: ownerProcedure
    .input(desktopFactsSchema)
    .output(nothing)
    .mutation(({ ctx, input }) => ctx.service.tellDesktop(input)),

  createLink: ownerProcedure
    .output(z.object({ url: z.string(), expiresAt: z.string() }))
    .mutation(({ ctx }) => ctx.service.createLink()),

  masterUrl: ownerProcedure
    .input(z.object({ scope: masterUrlScope }))
    .output(z.object({ url: z.string() }))
    .query(({ ctx, input }) => ctx.service.masterUrl(input.scope)),

  rotateMasterUrl: ownerProcedure.output(nothing).mutation(({ ctx }) => ctx.service.rotateMasterUrl()),

  shutdown: ownerProcedure.output(nothing).mutation(({ ctx }) => ctx.service.shutdown()),
});

export type AppRouter = typeof appRouter;
