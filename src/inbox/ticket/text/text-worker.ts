import { compareProposals } from "./compare-proposals.js";
import { markdownNodes } from "./markdown-nodes.js";
import type { TextTask } from "./text-task.js";

// Off the page's own thread: a proposal is written by a machine, and may take any time to be read.
addEventListener("message", ({ data }: MessageEvent<TextTask>) => {
  postMessage(
    data.task === "markdown" ? markdownNodes(data.text) : compareProposals(data.before, data.after),
  );
});
