/**
 * How a mail looks: the inbox's colours (src/inbox/theme.css). Mail programs know no variables, many of them no style sheet; so the light
 * colours stand inline, and a style sheet turns them dark where it is understood.
 */
const COLOURS = {
  surface: { light: "#ffffff", dark: "#14171c" },
  raised: { light: "#f4f6f9", dark: "#1c2027" },
  line: { light: "#d5dae2", dark: "#343a45" },
  text: { light: "#14171c", dark: "#eef1f5" },
  quiet: { light: "#4c5667", dark: "#a9b3c2" },
  accent: { light: "#1f4e8c", dark: "#8ab8f5" },
  onAccent: { light: "#ffffff", dark: "#0c1a2c" },
  bad: { light: "#a11c1c", dark: "#f29a9a" },
  warn: { light: "#8a5a00", dark: "#f0c36b" },
  warned: { light: "#fdf6e6", dark: "#2b2413" },
  removed: { light: "#fdeeee", dark: "#33191c" },
  added: { light: "#ebf7ef", dark: "#15291c" },
  removedWord: { light: "#f6c9c9", dark: "#6b2a2f" },
  addedWord: { light: "#bfe6cc", dark: "#235c38" },
} as const;

type Colour = keyof typeof COLOURS;
const PROPERTIES = { c: "color", b: "background-color", l: "border-color" } as const;

/** What an element's colours are, by class and inline: `c-quiet` is the colour of its text, `b-raised` of its ground, `l-line` of its border. */
export function coloured(...names: readonly `${keyof typeof PROPERTIES}-${Colour}`[]): {
  readonly classes: string;
  readonly style: string;
} {
  const style = names.map((name) => {
    const [property, colour] = name.split("-") as [keyof typeof PROPERTIES, Colour];
    return `${PROPERTIES[property]}:${COLOURS[colour].light}`;
  });
  return { classes: names.join(" "), style: style.join(";") };
}

export const SANS = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
export const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

function darkRules(prefix: string): string {
  return (Object.entries(PROPERTIES) as ["c" | "b" | "l", string][])
    .flatMap(([letter, property]) =>
      (Object.entries(COLOURS) as [Colour, { dark: string }][]).map(
        ([name, { dark }]) => `${prefix}.${letter}-${name}{${property}:${dark}!important}`,
      ),
    )
    .join("");
}

/** The only style sheet: dark colours, and less of a margin where the screen is narrow. */
export const STYLE_SHEET = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (max-width:480px){.page{padding:16px 16px 24px!important}.wide{display:block!important;width:100%!important;box-sizing:border-box}.name{width:96px!important}}
@media (prefers-color-scheme:dark){${darkRules("")}}`;
