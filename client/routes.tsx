import type { ComponentType } from 'react'
import { createBrowserRouter, type RouteObject } from 'react-router'
import { RowSkeletons } from './ui/panels/panels.tsx'
import { RouteError } from './ui/shell/route-error.tsx'
import { Shell } from './ui/shell/shell.tsx'

/** A page, loaded when somebody first goes there; what fails in it stays in it. */
function page(path: string, load: () => Promise<{ readonly Page: ComponentType }>): RouteObject {
  return {
    path,
    lazy: async () => ({ Component: (await load()).Page }),
    errorElement: <RouteError />,
    hydrateFallbackElement: <RowSkeletons rows={8} label="The page is loading" />,
  }
}

/** Every address of the dashboard. */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    errorElement: <RouteError />,
    children: [
      page('/', () => import('./pages/simulations/page.tsx')),
      page('/new', () => import('./pages/new/page.tsx')),
      page('/simulations/:id', () => import('./pages/simulation/page.tsx')),
      page('/compare', () => import('./pages/compare/page.tsx')),
      page('/configurations', () => import('./pages/configurations/page.tsx')),
      page('/algorithms', () => import('./pages/algorithms/page.tsx')),
      page('/status', () => import('./pages/status/page.tsx')),
      {
        path: '*',
        loader: () => {
          throw new Response(null, { status: 404 })
        },
        element: null,
        errorElement: <RouteError />,
      },
    ],
  },
]

/** The router over the browser's addresses. */
export function createRoutes() {
  return createBrowserRouter(routes)
}
