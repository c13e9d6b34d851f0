/** Profiles for tests: a small valid one, changed where the test says. JSON is YAML, so they are written as JSON. */

type Json = Record<string, unknown>;

export const sampleService = { name: 'main', command: ['/usr/bin/program'] };

/** The document of a profile whose type `default` has these keys besides a service. */
export function documentWith(type: Json = {}, profile: Json = {}): string {
  return JSON.stringify({
    schema: 1,
    name: 'sample',
    title: 'Sample',
    description: 'For tests.',
    category: 'cache',
    version: '1',
    components: [{ provider: 'apt', packages: ['hello'] }],
    types: { default: { services: [sampleService], ...type } },
    ...profile,
  });
}

/** Parameters with one text property called `value` that always has a value. */
export const textParameter = {
  type: 'object',
  properties: { value: { type: 'string', title: 'The value', default: 'x' } },
};

/** A type with one file. */
export function fileWith(format: string, content: string): Json {
  return { parameters: textParameter, files: [{ path: 'file', format, content }] };
}
