//! Files as a user meets them: PyTorch's, ours, checkpoints, damaged and foreign ones, and programs killed while writing.

mod atomic;
mod bombs;
mod checkpoint;
mod damage;
mod hostile;
mod load;
mod network;
mod oracle;
mod pretrained;
mod pytorch;
