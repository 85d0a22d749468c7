// Vite's dev server passes API requests to a running stack.
import type { Plugin } from 'vite';
import { proxyTo } from './proxy.ts';

export function devSession(stack: string): Plugin {
	return {
		name: 'stack-proxy',
		apply: 'serve',
		configureServer(server) {
			const proxy = proxyTo(stack);
			server.middlewares.use((request, response, next) => {
				proxy(request, response).then((answered) => answered || next(), next);
			});
		}
	};
}
