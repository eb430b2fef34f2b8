import { WebSocket } from "ws";

/** What the profiler says about one function. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A CPU profile as V8 writes it. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas?: readonly number[];
}

/** The server's own inspector, over its loopback port. */
export interface Inspector {
  /** Bytes of the heap in use after a full collection. */
  heapBytes(): Promise<number>;
  /** What the process itself says that it holds, after full collections. */
  memory(): Promise<NodeJS.MemoryUsage>;
  startProfile(): Promise<void>;
  stopProfile(): Promise<CpuProfile>;
  close(): void;
}

/** @param url as the process prints it after "Debugger listening on" */
export async function connectInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 512 * 1024 * 1024 });
  const waiting = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
  >();
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve).once("error", reject);
  });
  socket.on("message", (data) => {
    const message = JSON.parse(String(data)) as {
      id?: number;
      result?: unknown;
      error?: { message: string };
    };
    const caller = waiting.get(message.id ?? -1);
    if (caller === undefined) return;
    waiting.delete(message.id ?? -1);
    if (message.error === undefined) caller.resolve(message.result);
    else caller.reject(new Error(message.error.message));
  });
  let last = 0;
  const call = <Result>(method: string, params: object = {}): Promise<Result> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve: resolve as (result: unknown) => void, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  const collect = async (): Promise<void> => {
    // Twice: finalisers of the first collection let go of more.
    for (let round = 0; round < 2; round += 1) await call("HeapProfiler.collectGarbage");
  };
  return {
    memory: async () => {
      await collect();
      const { result } = await call<{ result: { value: NodeJS.MemoryUsage } }>("Runtime.evaluate", {
        expression: "process.memoryUsage()",
        returnByValue: true,
      });
      return result.value;
    },
    heapBytes: async () => {
      await collect();
      const { usedSize } = await call<{ usedSize: number }>("Runtime.getHeapUsage");
      return usedSize;
    },
    startProfile: async () => {
      await call("Profiler.enable");
      await call("Profiler.setSamplingInterval", { interval: 500 });
      await call("Profiler.start");
    },
    stopProfile: async () => (await call<{ profile: CpuProfile }>("Profiler.stop")).profile,
    close: () => socket.terminate(),
  };
}
