// Runs in the page before anything of its own: what the benchmark asks the browser about it. All times are the browser's
// own: of events (timeStamp), of performance entries, and performance.now().
(() => {
  /** Of tasks of over 50 ms, and of events that took 16 ms or more until the next frame. */
  const tasks = [];
  const events = [];
  const observe = (type, into, options) => {
    const take = (entries) => {
      for (const { name, startTime, duration } of entries) into.push({ name, startTime, duration });
    };
    const observer = new PerformanceObserver((list) => take(list.getEntries()));
    observer.observe({ type, buffered: true, ...options });
    return () => take(observer.takeRecords());
  };
  const flush = [observe("longtask", tasks), observe("event", events, { durationThreshold: 16 })];

  let pressedAt = 0;
  for (const type of ["pointerdown", "keydown"]) {
    addEventListener(
      type,
      ({ timeStamp }) => {
        pressedAt = timeStamp;
      },
      { capture: true },
    );
  }

  /** The time at which the frame has been made that shows what is in the document now. */
  const painted = () =>
    new Promise((resume) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resume(performance.now());
        port2.postMessage(null);
      });
    });

  /** The time at which an element like that, with that text in it, is on screen. */
  const shown = (selector, text = "") =>
    new Promise((resolve) => {
      const isThere = () =>
        [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(text));
      const observer = new MutationObserver(() => {
        if (!isThere()) return;
        observer.disconnect();
        resolve(painted());
      });
      if (isThere()) resolve(painted());
      else
        observer.observe(document, {
          subtree: true,
          childList: true,
          characterData: true,
          attributeFilter: ["class"],
        });
    });

  const measure = (name, start, end) => performance.measure(name, { start, end }).duration;

  let awaited;
  let frames;
  globalThis.pageWatch = {
    /** Begins to look out for something that is to come. */
    expect: (selector, text) => {
      awaited = shown(selector, text);
    },
    /** Milliseconds from the press before it until what was expected was on screen. */
    sincePress: async () => measure("confirmed", pressedAt, await awaited),
    /** When that was, as a time of the world's. */
    shownAt: async () => performance.timeOrigin + (await awaited),
    now: () => performance.timeOrigin + performance.now(),

    /** The same mutation without a page around it. */
    plainly: async (body) => {
      const start = performance.now();
      const response = await fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const { errors } = await response.json();
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return measure("plain", start, performance.now());
    },

    /** Begins to watch what holds the page up. */
    watch: () => {
      for (const one of flush) one();
      performance.mark("watch begins");
      tasks.length = 0;
      events.length = 0;
      const watched = { longest: 0, last: performance.now(), stopped: false };
      const frame = (now) => {
        watched.longest = Math.max(watched.longest, now - watched.last);
        watched.last = now;
        if (!watched.stopped) requestAnimationFrame(frame);
      };
      requestAnimationFrame((now) => {
        watched.last = now;
        requestAnimationFrame(frame);
      });
      frames = watched;
    },
    /** Ends it, once the frame after the last task is there: entries come when their task is over. */
    watched: async () => {
      await painted();
      await new Promise((resume) => setTimeout(resume, 100));
      performance.mark("watch ends");
      for (const one of flush) one();
      if (frames !== undefined) frames.stopped = true;
      return { tasks: [...tasks], events: [...events], longestFrame: frames?.longest ?? 0 };
    },

    /** How the page came up: its first paint, and when an element was on screen. */
    loaded: async (selector) => {
      const listed = await shown(selector);
      const firstPaint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
      const resources = performance.getEntriesByType("resource");
      return {
        listed,
        firstPaint: firstPaint ?? Number.NaN,
        transferred: resources.reduce((sum, { transferSize }) => sum + transferSize, 0),
      };
    },
  };
})();
