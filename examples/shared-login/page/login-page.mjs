import { html } from './html.mjs'

/** @param {string} [problem] why the login failed */
export function loginPage(problem) {
  const body = html`
<h1>Log in</h1>
<p class="lead">Any name will do. There is no password, as this is about sessions.</p>
<form class="card login" method="post" action="/login">
  ${problem && html`<p class="notice bad" role="alert" id="problem">${problem}</p>`}
  <label for="user">Your name</label>
  <input id="user" name="user" required maxlength="100" autocomplete="username" autofocus${
    problem && html` aria-invalid="true" aria-describedby="problem"`
  }>
  <button type="submit" class="main">Log in</button>
</form>
<p class="quiet">Log in with the same name in a second browser, too: each one sees the other, and can end it.</p>`
  return { title: problem ? 'Not logged in' : 'Log in', body }
}
