/**
 * The visual direction as a Mantine theme: lichen greys, ink for actions, and four colours that each mean something.
 */
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

// 0 is the lightest, 9 the darkest.
const gray: MantineColorsTuple = [
  '#FBFCFA',
  '#F3F5F2',
  '#E9ECE8',
  '#DCE1DB',
  '#C3CAC3',
  '#A3ACA5',
  '#7E8981',
  '#5F6B63',
  '#4A554E',
  '#1A211D',
];
// Mantine's dark ramp: 0 is text, 7 the body, 9 the deepest.
const dark: MantineColorsTuple = [
  '#E9EEEA',
  '#C9D0CB',
  '#B0BAB3',
  '#929D95',
  '#6F7A72',
  '#333A35',
  '#262C28',
  '#181C1A',
  '#121513',
  '#0C0E0D',
];
// Four meanings. 6 is the fill and 8 the text in light, 5 the fill and 3 the text in dark.
const hosting: MantineColorsTuple = [
  '#E3F2EA',
  '#CDE8D9',
  '#A6D7BE',
  '#74CFA3',
  '#54BD8B',
  '#3DA678',
  '#2B946A',
  '#217C58',
  '#1A6B4B',
  '#10452F',
];
const local: MantineColorsTuple = [
  '#E6EEFA',
  '#CFDFF6',
  '#ABC7EE',
  '#8FB8F4',
  '#6C9FE8',
  '#5189DA',
  '#3D78CC',
  '#2D64B4',
  '#25569D',
  '#173762',
];
const paused: MantineColorsTuple = [
  '#F9EFD9',
  '#F3E2BB',
  '#EBCF8E',
  '#E6BA62',
  '#D9A43F',
  '#C9922E',
  '#AB7A1F',
  '#97691A',
  '#7C5512',
  '#4E350A',
];
const problem: MantineColorsTuple = [
  '#FBE8E5',
  '#F7D3CE',
  '#F0AFA7',
  '#F59B90',
  '#E67468',
  '#DA5F53',
  '#CF4F44',
  '#B83C32',
  '#A8322A',
  '#661C17',
];
// Actions are ink: colour is kept for states.
const ink: MantineColorsTuple = [
  '#F3F5F2',
  '#E9EEEA',
  '#D3DAD5',
  '#B0BAB3',
  '#929D95',
  '#6F7A72',
  '#4A554E',
  '#333A35',
  '#232A26',
  '#1A211D',
];

export const theme = createTheme({
  colors: { gray, dark, hosting, local, paused, problem, ink },
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 1 },
  // The ink button inverts with the scheme, which Mantine's autoContrast cannot know.
  variantColorResolver: (input) =>
    input.variant === 'filled' && (input.color === undefined || input.color === 'ink')
      ? {
          background: 'var(--c-ink)',
          hover: 'var(--c-ink-2)',
          color: 'var(--c-surface)',
          border: '1px solid transparent',
        }
      : defaultVariantColorsResolver(input),
  white: '#FFFFFF',
  black: '#1A211D',
  fontFamily: "'Hanken Grotesk Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.5', lg: '1.45', xl: '1.35' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '2rem', lineHeight: '1.16' },
      h2: { fontSize: '1.5rem', lineHeight: '1.25' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h4: { fontSize: '0.9375rem', lineHeight: '1.45' },
    },
  },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '18px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '40px' },
  focusRing: 'auto',
  cursorType: 'default',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Checkbox: { defaultProps: { iconColor: 'var(--c-surface)' } },
    Radio: { defaultProps: { iconColor: 'var(--c-surface)' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.45 },
        transitionProps: { duration: 120 },
      },
    },
    Drawer: { defaultProps: { position: 'right', size: 440, transitionProps: { duration: 160 } } },
  },
});

const light = {
  '--c-window': '#F3F5F2',
  '--c-surface': '#FBFCFA',
  '--c-raised': '#FFFFFF',
  '--c-hover': '#EDF0EC',
  '--c-tint': '#E4EAE4',
  '--c-line': '#E1E5E0',
  '--c-line-strong': '#7E8981',
  '--c-ink': '#1A211D',
  '--c-ink-2': '#4A554E',
  '--c-ink-3': '#5F6B63',
  '--c-hosting': hosting[8],
  '--c-hosting-fill': hosting[6],
  '--c-hosting-soft': hosting[0],
  '--c-local': local[8],
  '--c-local-fill': local[6],
  '--c-local-soft': local[0],
  '--c-paused': paused[8],
  '--c-paused-fill': paused[6],
  '--c-paused-soft': paused[0],
  '--c-problem': problem[8],
  '--c-problem-fill': problem[6],
  '--c-problem-soft': problem[0],
  '--mantine-color-body': '#FBFCFA',
  '--mantine-color-text': '#1A211D',
  '--mantine-color-dimmed': '#5F6B63',
  '--mantine-color-error': problem[8],
  '--mantine-color-placeholder': '#5F6B63',
  '--mantine-color-default': '#FFFFFF',
  '--mantine-color-default-hover': '#F3F5F2',
  '--mantine-color-default-border': '#C3CAC3',
  '--mantine-color-anchor': '#1A211D',
};

const darkTokens: typeof light = {
  '--c-window': '#121513',
  '--c-surface': '#181C1A',
  '--c-raised': '#1F2421',
  '--c-hover': '#232825',
  '--c-tint': '#2A332D',
  '--c-line': '#2B312D',
  '--c-line-strong': '#6F7A72',
  '--c-ink': '#E9EEEA',
  '--c-ink-2': '#B0BAB3',
  '--c-ink-3': '#929D95',
  '--c-hosting': hosting[3],
  '--c-hosting-fill': hosting[5],
  '--c-hosting-soft': '#183226',
  '--c-local': local[3],
  '--c-local-fill': local[5],
  '--c-local-soft': '#1A2A41',
  '--c-paused': paused[3],
  '--c-paused-fill': paused[5],
  '--c-paused-soft': '#2D2515',
  '--c-problem': problem[3],
  '--c-problem-fill': problem[5],
  '--c-problem-soft': '#371F1C',
  '--mantine-color-body': '#181C1A',
  '--mantine-color-text': '#E9EEEA',
  '--mantine-color-dimmed': '#929D95',
  '--mantine-color-error': problem[3],
  '--mantine-color-placeholder': '#929D95',
  '--mantine-color-default': '#1F2421',
  '--mantine-color-default-hover': '#262C28',
  '--mantine-color-default-border': '#3A423C',
  '--mantine-color-anchor': '#E9EEEA',
};

export const colourTokens: CSSVariablesResolver = () => ({ variables: {}, light, dark: darkTokens });
