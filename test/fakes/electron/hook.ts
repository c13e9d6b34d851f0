/**
 * `electron` is this folder, for `import` and `require`, named and as a whole, as the real module is.
 */
import { registerHooks } from 'node:module';

const standIn = new URL('index.ts', import.meta.url).href;
const whole = `${standIn}?whole`;

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== 'electron' && specifier !== 'electron/main') return next(specifier, context);
    const url = context.conditions.includes('require') ? standIn : whole;
    return { url, format: url === whole ? 'module' : 'module-typescript', shortCircuit: true };
  },
  load: (url, context, next) => {
    if (url !== whole) return next(url, context);
    const source = `
      import * as electron from ${JSON.stringify(standIn)};
      export * from ${JSON.stringify(standIn)};
      export default electron;
    `;
    return { format: 'module', source, shortCircuit: true };
  },
});
