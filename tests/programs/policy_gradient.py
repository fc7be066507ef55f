"""Reinforcement learning: a policy that learns to balance a pole on a cart.

The environment is the cart-pole of Barto, Sutton and Anderson (1983), thirty lines of
numpy; the learner is REINFORCE (Williams, 1992): actions that were followed by more
reward than usual become more likely.
"""

import numpy as np

import interactive_graphs as tf

tf.set_random_seed(2)
rng = np.random.default_rng(2)


class CartPole:
    """A pole on a cart; a push left or right at each of up to 200 steps."""

    gravity, force, step_s = 9.8, 10.0, 0.02
    cart_kg, pole_kg, half_length_m = 1.0, 0.1, 0.5

    def reset(self):
        self.state = rng.uniform(-0.05, 0.05, 4)
        self.steps = 0
        return self.state

    def step(self, action):
        x, v, angle, spin = self.state
        push = self.force if action == 1 else -self.force
        total = self.cart_kg + self.pole_kg
        lever = self.pole_kg * self.half_length_m
        share = (push + lever * spin**2 * np.sin(angle)) / total
        turning = (self.gravity * np.sin(angle) - np.cos(angle) * share) / (
            self.half_length_m * (4.0 / 3.0 - self.pole_kg * np.cos(angle) ** 2 / total)
        )
        moving = share - lever * turning * np.cos(angle) / total
        change = np.array([v, moving, spin, turning])
        self.state = self.state + self.step_s * change
        self.steps += 1
        fell = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * np.pi / 180
        return self.state, 1.0, fell or self.steps >= 200


state = tf.placeholder(tf.float32, [None, 4], name="state")
action = tf.placeholder(tf.int32, [None], name="action")
advantage = tf.placeholder(tf.float32, [None], name="advantage")
w1 = tf.get_variable("w1", [4, 16])
b1 = tf.get_variable("b1", [16], initializer=tf.zeros_initializer())
w2 = tf.get_variable("w2", [16, 2])
logits = tf.matmul(tf.nn.tanh(tf.matmul(state, w1) + b1), w2)
sample = tf.squeeze(tf.multinomial(logits, 1), axis=1)
log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=action, logits=logits)
loss = -tf.reduce_mean(log_prob * advantage)
train = tf.train.AdamOptimizer(0.02).minimize(loss)


def play(sess, env):
    states, actions = [], []
    now, done = env.reset(), False
    while not done:
        states.append(now)
        actions.append(sess.run(sample, {state: now[np.newaxis]})[0])
        now, _, done = env.step(actions[-1])
    return states, actions


def returns(length, discount=0.98):
    """The discounted reward that was still to come, at each step."""
    future = np.zeros(length)
    total = 0.0
    for t in reversed(range(length)):
        total = 1.0 + discount * total
        future[t] = total
    return future


lengths = []
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    env = CartPole()
    for _update in range(60):
        states, actions, weights = [], [], []
        for _episode in range(8):
            seen, done = play(sess, env)
            states += seen
            actions += done
            weights.append(returns(len(done)))
            lengths.append(len(done))
        gains = np.concatenate(weights)
        gains = (gains - gains.mean()) / (gains.std() + 1e-8)
        sess.run(train, {state: states, action: actions, advantage: gains})

before, after = np.mean(lengths[:40]), np.mean(lengths[-80:])
print(f"steps before the pole falls: {before:.0f} at first, {after:.0f} in the end")
