/**
 * URI templates (RFC 6570), as far as masters use them (§10.1): `{name}`, `{?a,b}`, `{&a,b*}`.
 */
export type TemplateValues = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Variables that are not given disappear. */
export function expandTemplate(template: string, values: TemplateValues): string {
  return template.replaceAll(/\{([?&]?)([^{}]+)\}/g, (_whole, operator: string, names: string) => {
    const parts = names.split(',').flatMap((name) => expand(name.trim(), operator !== '', values));
    if (operator === '') return parts.join(',');
    return parts.length === 0 ? '' : operator + parts.join('&');
  });
}

function expand(spelling: string, isNamed: boolean, values: TemplateValues): string[] {
  const isExploded = spelling.endsWith('*');
  const name = isExploded ? spelling.slice(0, -1) : spelling;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) return [];
  const items = (Array.isArray(value) ? value : [value]).map((item) => encode(String(item)));
  if (!isExploded) return [isNamed ? `${name}=${items.join(',')}` : items.join(',')];
  return isNamed ? items.map((item) => `${name}=${item}`) : items;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
