/**
 * One parameter: the input that suits its kind, with its help, its limits, and what is wrong with it.
 */
import {
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Input,
  Select,
  Switch,
  Textarea,
  TextInput,
  UnstyledButton,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../messages.ts';
import { keyOf, type Field, type FieldValue } from './fields.ts';
import { ListField } from './list-field.tsx';
import { newSecret } from './secret.ts';
import { rangeText } from './validation.ts';

/** Choices that fit beside each other. */
const MOST_SEGMENTS = 4;
const LONGEST_SEGMENTS = 32;
/** No number is longer; what is pasted beyond would keep the page busy for minutes. */
const MOST_DIGITS = 400;

type Properties = {
  field: Field;
  value: FieldValue;
  problem: string;
  onChange: (value: FieldValue) => void;
  onBlur: () => void;
};

export function ParameterField({ field, value, problem, onChange, onBlur }: Properties): ReactNode {
  const common = {
    id: fieldId(field),
    label: field.title,
    description: field.help === '' ? undefined : field.help,
    error: problem === '' ? undefined : problem,
    withAsterisk: field.required,
    onBlur,
  };
  switch (field.kind) {
    case 'number':
      return (
        <NumberInput
          {...common}
          description={[field.help, rangeText(field)].filter((part) => part !== '').join(' ') || undefined}
          value={typeof value === 'number' ? value : String(value)}
          onChange={onChange}
          allowDecimal={!field.integer}
          clampBehavior="none"
          maxLength={MOST_DIGITS}
          thousandSeparator=","
          suffix={field.unit === '' ? '' : ` ${field.unit}`}
          {...(field.minimum === null ? {} : { min: field.minimum })}
          {...(field.maximum === null ? {} : { max: field.maximum })}
        />
      );
    case 'truth':
      return (
        <Switch
          {...common}
          withThumbIndicator={false}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return <ChoiceField field={field} value={String(value)} common={common} onChange={onChange} />;
    case 'list':
      return (
        <ListField
          {...common}
          description={[field.help, text('page.field.list')].filter((part) => part !== '').join(' ')}
          value={Array.isArray(value) ? value : []}
          unique={field.unique}
          onChange={onChange}
        />
      );
    case 'json':
      return (
        <Textarea
          {...common}
          description={[field.help, text('page.field.as-json')].filter((part) => part !== '').join(' ')}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
          classNames={{ input: 'mono' }}
          autosize
          minRows={2}
          maxRows={12}
        />
      );
    default: {
      const help = [field.help, field.unchecked ? text('page.field.unchecked') : '']
        .filter((part) => part !== '')
        .join(' ');
      const description = help === '' ? undefined : help;
      const input = { ...common, description, value: String(value), spellCheck: false, autoComplete: 'off' };
      const change = (event: { currentTarget: { value: string } }): void =>
        onChange(event.currentTarget.value);
      if (field.secret) {
        return (
          <SecretField onMake={() => onChange(newSecret(field))}>
            <PasswordInput {...input} autoComplete="new-password" onChange={change} />
          </SecretField>
        );
      }
      if (field.multiline) {
        return (
          <Textarea
            {...input}
            onChange={change}
            classNames={{ input: 'mono' }}
            autosize
            minRows={4}
            maxRows={16}
          />
        );
      }
      return <TextInput {...input} dir="auto" onChange={change} />;
    }
  }
}

function SecretField({ onMake, children }: { onMake: () => void; children: ReactNode }): ReactNode {
  return (
    <div className="secret">
      {children}
      <UnstyledButton className="link-button" onClick={onMake}>
        {text('page.field.make-secret')}
      </UnstyledButton>
    </div>
  );
}

function ChoiceField({
  field,
  value,
  common,
  onChange,
}: {
  field: Extract<Field, { kind: 'choice' }>;
  value: string;
  common: { id: string; label: string; description: string | undefined; error: string | undefined };
  onChange: (value: FieldValue) => void;
}): ReactNode {
  const options = field.options.map(String);
  const short = options.length <= MOST_SEGMENTS && options.join('').length <= LONGEST_SEGMENTS;
  if (!short || !options.includes(value)) {
    return (
      <Select
        {...common}
        withAsterisk={field.required}
        data={options}
        value={value === '' ? null : value}
        onChange={(chosen) => onChange(chosen ?? '')}
        clearable={!field.required}
        allowDeselect={!field.required}
      />
    );
  }
  return (
    <Input.Wrapper
      label={common.label}
      description={common.description}
      labelElement="div"
      className="choice"
    >
      <SegmentedControl
        id={common.id}
        aria-label={common.label}
        data={options}
        value={value}
        onChange={onChange}
      />
    </Input.Wrapper>
  );
}

export function fieldId(field: Pick<Field, 'path'>): string {
  return `parameter-${keyOf(field)}`;
}
