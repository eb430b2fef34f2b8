import { type ComponentType, type ReactNode, useEffect, useState } from "react";

/**
 * A component whose code is fetched when it is first shown; until it has come, there is `meanwhile`. React's own `lazy` would do, but keeps what
 * has come waiting until its fallback has been there for 300 ms: on every page that one opens by its address.
 */
export function fetched<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  meanwhile: ReactNode = null,
): ComponentType<Props> {
  let known: ComponentType<Props> | undefined;
  return function Fetched(props: Props) {
    const [Shown, setShown] = useState(() => known);
    const [failure, setFailure] = useState<{ readonly error: unknown }>();
    useEffect(() => {
      if (Shown !== undefined) return;
      let left = false;
      load().then(
        (component) => {
          known = component;
          if (!left) setShown(() => component);
        },
        (error: unknown) => {
          if (!left) setFailure({ error });
        },
      );
      return () => {
        left = true;
      };
    }, [Shown]);
    if (failure !== undefined) throw failure.error;
    return Shown === undefined ? meanwhile : <Shown {...props} />;
  };
}
