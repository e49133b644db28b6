/**
 * Container images whose engines know the flags of docs/engine-flags.md. vLLM and SGLang as in kubernetes-sigs/lws docs/examples @84d69ebe;
 * TensorRT-LLM and Dynamo by their release lists of autumn 2026; routers as their projects publish them (vllm-project/router
 * .buildkite/scripts/publish-release-images.sh @e0c942d4, sglang docs/advanced_features/sgl_model_gateway.md).
 */
import type { EngineName } from '../../../planner/engine.ts';

export const engineImages: Readonly<Record<EngineName, string>> = {
  vllm: 'vllm/vllm-openai:v0.28.0',
  sglang: 'lmsysorg/sglang:v0.5.18',
  'tensorrt-llm': 'nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc29',
};

/** What takes requests before the workers. `trtllm-serve disaggregated` is in the engine's own image. */
export const routerImages: Readonly<Record<EngineName, string>> = {
  vllm: 'vllm/vllm-router:latest',
  sglang: 'lmsysorg/sgl-model-gateway:v0.3.2',
  'tensorrt-llm': engineImages['tensorrt-llm'],
};

/** Dynamo wraps each engine in an image of its own (docs/resources/release-artifacts of v1.3.0). */
export const dynamoImages: Readonly<Record<EngineName, string>> = {
  vllm: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.3.0',
  sglang: 'nvcr.io/nvidia/ai-dynamo/sglang-runtime:1.3.0',
  'tensorrt-llm': 'nvcr.io/nvidia/ai-dynamo/tensorrtllm-runtime:1.3.0',
};
