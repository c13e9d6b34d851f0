/**
 * What is wrong with a field, in the words that stand under it.
 */
import { text } from '../messages.ts';
import { isEmpty, isLeftOut, type Field, type FieldValue } from './fields.ts';

/** Empty when nothing is. */
export function problemOf(field: Field, value: FieldValue): string {
  const { title } = field;
  if (isEmpty(value) && field.required) return text('page.field.required', { title });
  if (isLeftOut(field, value)) return '';
  switch (field.kind) {
    case 'text':
      return textProblem(field, String(value));
    case 'number':
      return numberProblem(field, Number(value));
    case 'list':
      return listProblem(field, Array.isArray(value) ? value : []);
    case 'json':
      return isJson(String(value)) ? '' : text('page.field.json', { title });
    default:
      return '';
  }
}

/** The limits of a number as the line above its field: `From 16 to 2,048 MB`. Empty when it has none. */
export function rangeText(field: Extract<Field, { kind: 'number' }>): string {
  const { minimum, maximum } = field;
  const unit = unitText(field);
  if (minimum !== null && maximum !== null) return text('page.field.range', { minimum, maximum, unit });
  if (minimum !== null) return text('page.field.minimum', { minimum, unit });
  if (maximum !== null) return text('page.field.maximum', { maximum, unit });
  return '';
}

function unitText({ unit }: Extract<Field, { kind: 'number' }>): string {
  return unit === '' ? '' : `\u00a0${unit}`;
}

function textProblem(field: Extract<Field, { kind: 'text' }>, value: string): string {
  const { title, minLength, maxLength, pattern } = field;
  // JSON Schema counts code points.
  const { length } = Array.from(value);
  if (minLength !== null && length < minLength) return text('page.field.short', { title, minLength });
  if (maxLength !== null && length > maxLength) return text('page.field.long', { title, maxLength });
  if (pattern !== null && !pattern.test(value)) {
    return text('page.field.pattern', { title, pattern: pattern.source });
  }
  return '';
}

function numberProblem(field: Extract<Field, { kind: 'number' }>, value: number): string {
  const { title, minimum, maximum, multipleOf } = field;
  const unit = unitText(field);
  if (Number.isNaN(value)) return text('page.field.number', { title });
  if (field.integer && !Number.isInteger(value)) return text('page.field.integer', { title });
  const low = minimum !== null && value < minimum;
  const high = maximum !== null && value > maximum;
  if ((low || high) && minimum !== null && maximum !== null) {
    return text('page.field.outside.between', { title, minimum, maximum, unit });
  }
  if (low) return text('page.field.outside.minimum', { title, minimum, unit });
  if (high) return text('page.field.outside.maximum', { title, maximum, unit });
  if (multipleOf !== null && !Number.isInteger(value / multipleOf)) {
    return text('page.field.multiple', { title, multipleOf });
  }
  return '';
}

function listProblem(field: Extract<Field, { kind: 'list' }>, value: readonly string[]): string {
  const { title, minItems, maxItems, unique } = field;
  if (field.numbers && value.some((item) => Number.isNaN(Number(item)))) {
    return text('page.field.numbers', { title });
  }
  if (value.length < minItems) return text('page.field.few', { title, minItems });
  if (maxItems !== null && value.length > maxItems) return text('page.field.many', { title, maxItems });
  if (unique && new Set(value).size < value.length) return text('page.field.unique', { title });
  return '';
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
