import { useCallback, useEffect, useRef } from "react";

/**
 * What was tapped often goes away with the step that it belonged to, and the focus with it. The ref that is given back is put on
 * what comes in its place, in each step: it takes the focus when `step` changes, and not at first.
 */
export function useFocusAfter(step: unknown): (element: HTMLElement | null) => void {
  const here = useRef<HTMLElement | null>(null);
  const before = useRef(step);
  useEffect(() => {
    if (Object.is(before.current, step)) return;
    before.current = step;
    here.current?.focus();
  }, [step]);
  return useCallback((element) => {
    here.current = element;
  }, []);
}
