/**
 * react-aria puts a style element into the page unless there is something with this id, and the content security policy
 * lets no such element in: its one rule stands in theme.css.
 */
const PRESSABLE = "react-aria-pressable-style";

if (document.getElementById(PRESSABLE) === null) {
  const marker = document.createElement("meta");
  marker.id = PRESSABLE;
  document.head.append(marker);
}
